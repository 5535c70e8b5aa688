import { app } from '@/lib/api/app.ts'

export const dynamic = 'force-dynamic'

const answer = (request: Request): Response | Promise<Response> => app.fetch(request)

export {
  answer as GET,
  answer as HEAD,
  answer as POST,
  answer as PUT,
  answer as PATCH,
  answer as DELETE,
  answer as OPTIONS,
}
