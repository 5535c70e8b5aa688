/** The door: every action of the product as an operation of `/api/v1`, described by its own OpenAPI document. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { SenderEnv } from './admit.ts'
import { audit } from './audit.ts'
import { answerDocs } from './docs.ts'
import { describe } from './document.ts'
import { forwarding } from './forwarding.ts'
import { hostState } from './host-state.ts'
import { hosts } from './hosts.ts'
import { images, isChunk } from './images.ts'
import { jobs } from './jobs.ts'
import { libvirtNetworks } from './libvirt-networks.ts'
import { live } from './live.ts'
import { me } from './me.ts'
import { network } from './network.ts'
import { maxChunkBytes } from '../services/storage/uploads.ts'
import { answerChunkTooLarge, answerTooLarge, onError, onNotFound, refuseInvalid } from './problems.ts'
import { receive, requireClaimed } from './receive.ts'
import { session } from './session.ts'
import { setup } from './setup.ts'
import { speakLanguage } from './speak-language.ts'
import { storage } from './storage.ts'
import { tokens } from './tokens.ts'
import { presets } from './presets.ts'
import { users } from './users.ts'
import { vmCreate } from './vm-create.ts'
import { vmEdit } from './vm-edit.ts'
import { vmMigration } from './vm-migration.ts'
import { vmSnapshots } from './vm-snapshots.ts'
import { vmPower } from './vm-power.ts'
import { vmConsole } from './vm-console.ts'
import { vms } from './vms.ts'

/** A private key of 64 kB is the largest thing anybody sends. */
const bodyLimitBytes = 256 * 1024
const base = '/api/v1'

const routes = new OpenAPIHono({ defaultHook: refuseInvalid })
  .route('/', setup)
  .route('/', session)
  .route('/', me)
  .route('/', users)
  .route('/', tokens)
  .route('/', hosts)
  .route('/', hostState)
  .route('/', network)
  .route('/', libvirtNetworks)
  .route('/', forwarding)
  .route('/', vmCreate)
  .route('/', presets)
  .route('/', vms)
  .route('/', vmSnapshots)
  .route('/', vmMigration)
  .route('/', vmConsole)
  .route('/', storage)
  .route('/', images)
  .route('/', vmEdit)
  .route('/', vmPower)
  .route('/', live)
  .route('/', jobs)
  .route('/', audit)

/** Only its type leaves the server: the browser's client is made from it. */
export type Routes = typeof routes

/** The operations, to be walked by a test. */
export const document = describe(routes)

const known = Object.entries(document.paths ?? {}).map(([path, item]) => ({
  path: new RegExp(`^${base}${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
  methods: Object.keys(item as object).map((method) => method.toUpperCase()),
}))
const methodsOf = (path: string): string[] =>
  known.filter((one) => one.path.test(path)).flatMap(({ methods }) => methods)

export const app = new Hono<SenderEnv>()
app.onError(onError)
app.notFound(onNotFound(methodsOf))
app.use(receive)
app.use(speakLanguage)
const forAll = bodyLimit({ maxSize: bodyLimitBytes, onError: answerTooLarge })
const forChunks = bodyLimit({ maxSize: maxChunkBytes, onError: answerChunkTooLarge })
app.use((c, next) => (isChunk(c.req.method, c.req.path) ? forChunks : forAll)(c, next))
app.use(requireClaimed)
app.get(`${base}/openapi.json`, (c) => c.json(document))
app.get(`${base}/docs`, (c) => answerDocs(c, document))
app.route(base, routes)
