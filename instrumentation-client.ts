import * as z from 'zod'

// Else zod tries `new Function` once, which the Content-Security-Policy refuses and reports.
z.config({ jitless: true })
