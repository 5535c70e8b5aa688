import { health } from '@/lib/api/health.ts'

export const dynamic = 'force-dynamic'

const answer = (request: Request): Response | Promise<Response> => health.fetch(request)

export { answer as GET, answer as HEAD }
