/** Every command, in the order of the help page. Those that run a node load it when they run. */
import type { CommandDefinition } from './command.ts'
import { agents } from './commands/agents.ts'
import { api } from './commands/api.ts'
import { config } from './commands/config.ts'
import { doctor } from './commands/doctor.ts'
import { explain } from './commands/explain.ts'
import { forget } from './commands/forget.ts'
import { graph } from './commands/graph.ts'
import { health } from './commands/health.ts'
import { history } from './commands/history.ts'
import { id } from './commands/id.ts'
import { connect } from './commands/connect.ts'
import { mcp } from './commands/mcp.ts'
import { meshKey } from './commands/mesh-key.ts'
import { observe } from './commands/observe.ts'
import { path } from './commands/path.ts'
import { paths } from './commands/paths.ts'
import { pdr } from './commands/pdr.ts'
import { peers } from './commands/peers.ts'
import { pin } from './commands/pin.ts'
import { promise } from './commands/promise.ts'
import { record } from './commands/record.ts'
import { resolve } from './commands/resolve.ts'
import { revoke } from './commands/revoke.ts'
import { score } from './commands/score.ts'
import { service } from './commands/service.ts'
import { sign } from './commands/sign.ts'
import { status } from './commands/status.ts'
import { supportBundle } from './commands/support-bundle.ts'
import { token } from './commands/token.ts'
import { ui } from './commands/ui.ts'
import { verify } from './commands/verify.ts'
import { version } from './commands/version.ts'
import { view } from './commands/view.ts'
import { vouch } from './commands/vouch.ts'
import { watch } from './commands/watch.ts'

/** Commands that talk to a running node, or need none. */
export const clientCommands: readonly CommandDefinition[] = [
  status,
  health,
  ui,
  doctor,
  supportBundle,
  service,
  id,
  resolve,
  verify,
  sign,
  vouch,
  revoke,
  promise,
  observe,
  score,
  explain,
  history,
  path,
  graph,
  agents,
  pin,
  forget,
  peers,
  meshKey,
  watch,
  record,
  pdr,
  view,
  mcp,
  connect,
  api,
  token,
  config,
  paths,
  version,
]
