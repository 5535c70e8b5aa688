import { Counter, Histogram } from 'prom-client'
import { metric } from './registry.ts'

const requests = (): Counter<'method' | 'status'> =>
  metric(
    'http.requests',
    (registers) =>
      new Counter({
        name: 'drawbridge_http_requests_total',
        help: 'Answered requests of the API',
        labelNames: ['method', 'status'],
        registers,
      }),
  )

const durations = (): Histogram<'method'> =>
  metric(
    'http.durations',
    (registers) =>
      new Histogram({
        name: 'drawbridge_http_request_seconds',
        help: 'Time to the first byte of the answer',
        labelNames: ['method'],
        buckets: [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10, 30],
        registers,
      }),
  )

export function countRequest(method: string, status: number, seconds: number): void {
  requests().inc({ method, status: String(status) })
  durations().observe({ method }, seconds)
}
