'use client'
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import type { EditHost } from '../contract/hosts.ts'
import type { EditUser } from '../contract/account.ts'
import { api, given, type Api, type Taken } from './client.ts'
import { keys } from './queries.ts'

/** A write, after which these keys are read again. Its error is a `ProblemError`. */
function useWrite<Input, Output>(write: (input: Input) => Promise<Output>, touches: readonly QueryKey[]) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: write,
    onSuccess: () => Promise.all(touches.map((queryKey) => cache.invalidateQueries({ queryKey }))),
  })
}

type Json<T> = Taken<T> extends { json: infer J } ? J : never

export const useClaimSetup = () =>
  useWrite((json: Json<Api['setup']['$post']>) => given(api.setup.$post({ json })), [keys.setup(), keys.me()])
/** `twoFactorRequired`: ask for the code next, then `useSignInWithCode`. */
export const useSignIn = () =>
  useWrite((json: Json<Api['session']['$post']>) => given(api.session.$post({ json })), [keys.me()])
export const useSignInWithCode = () =>
  useWrite((json: Json<Api['session']['totp']['$post']>) => given(api.session.totp.$post({ json })), [keys.me()])

/** Forgets everything that was read. */
export function useSignOut() {
  const cache = useQueryClient()
  return useMutation({ mutationFn: () => api.session.$delete(), onSuccess: () => cache.clear() })
}

export const useChangePassword = () =>
  useWrite((json: Json<Api['me']['password']['$post']>) => api.me.password.$post({ json }), [keys.sessions()])
export const useEndSession = () =>
  useWrite((session: string) => api.me.sessions[':session'].$delete({ param: { session } }), [keys.sessions()])
export const useBeginTotp = () =>
  useWrite((json: Json<Api['me']['totp']['$post']>) => given(api.me.totp.$post({ json })), [])
export const useVerifyTotp = () =>
  useWrite((json: Json<Api['me']['totp']['verify']['$post']>) => given(api.me.totp.verify.$post({ json })), [keys.me()])
export const useDisableTotp = () =>
  useWrite((json: Json<Api['me']['totp']['disable']['$post']>) => api.me.totp.disable.$post({ json }), [keys.me()])
export const useRenewBackupCodes = () =>
  useWrite(
    (json: Json<Api['me']['totp']['backup-codes']['$post']>) => given(api.me.totp['backup-codes'].$post({ json })),
    [],
  )

export const useAddUser = () =>
  useWrite((json: Json<Api['users']['$post']>) => given(api.users.$post({ json })), [keys.users()])
export const useEditUser = () =>
  useWrite(
    ({ user, edit }: { user: string; edit: EditUser }) =>
      given(api.users[':user'].$patch({ param: { user }, json: edit })),
    [keys.users(), keys.tokens(), keys.me()],
  )
export const useRemoveUser = () =>
  useWrite((user: string) => api.users[':user'].$delete({ param: { user } }), [keys.users(), keys.tokens()])

export const useAddToken = () =>
  useWrite((json: Json<Api['tokens']['$post']>) => given(api.tokens.$post({ json })), [keys.tokens()])
export const useRevokeToken = () =>
  useWrite((token: string) => api.tokens[':token'].$delete({ param: { token } }), [keys.tokens()])

export const useProbe = () =>
  useWrite((json: Json<Api['hosts']['probe']['$post']>) => given(api.hosts.probe.$post({ json })), [])
export const useMakeKey = () => useWrite(() => given(api.hosts.keys.$post()), [])
export const useAddHost = () =>
  useWrite((json: Json<Api['hosts']['$post']>) => given(api.hosts.$post({ json })), [keys.hosts.all()])
export const useEditHost = () =>
  useWrite(
    ({ host, edit }: { host: string; edit: EditHost }) =>
      given(api.hosts[':host'].$patch({ param: { host }, json: edit })),
    [keys.hosts.all()],
  )
export const useRemoveHost = () =>
  useWrite((host: string) => api.hosts[':host'].$delete({ param: { host } }), [keys.hosts.all(), keys.jobs.all()])
export const useRefreshFacts = () =>
  useWrite((host: string) => given(api.hosts[':host'].facts.refresh.$post({ param: { host } })), [keys.hosts.all()])
/** Answers with the job that does it. */
export const usePrepare = () =>
  useWrite(
    ({ host, checks }: { host: string; checks: string[] }) =>
      given(api.hosts[':host'].prepare.$post({ param: { host }, json: { checks } })),
    [keys.jobs.all()],
  )
export const useCancelJob = () =>
  useWrite((job: string) => given(api.jobs[':job'].cancel.$post({ param: { job } })), [keys.jobs.all()])
