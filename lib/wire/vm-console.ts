import type { OpenConsole } from '../contract/vm-console.ts'
import { api, given } from './client.ts'

/** Asks for a console and opens its WebSocket; it is still connecting. @param vm as in the page's address */
export async function openConsoleSocket(vm: string, wanted: OpenConsole): Promise<WebSocket> {
  const { url, protocols } = await given(api.vms[':vm'].console.$post({ param: { vm }, json: wanted }))
  const socket = new WebSocket(url, protocols)
  socket.binaryType = 'arraybuffer'
  return socket
}
