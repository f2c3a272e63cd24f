/**
 * The unit files for systemd: one for the system, one for a user's own manager. `config/systemd/` has both
 * as they are for a package in /usr/local; `aip-node service install` writes one for where it is.
 * No MemoryDenyWriteExecute: V8 makes code while it runs.
 */

export type UnitKind = 'system' | 'user'

export const UNIT_NAME = 'aip-node.service'
/** Longer than the node gives itself to stop. */
const STOP_SECONDS = 15
/** The watchdog: a node that does not answer the loop for so long is started again. */
const WATCHDOG_SECONDS = 120

const FOR_BOTH = [
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
  // Threads that verify lower their own priority; none can be raised without a capability.
  'SystemCallFilter=setpriority',
  'SystemCallErrorNumber=EPERM',
  'LimitCORE=0',
  'UMask=0077',
] as const

/** What only the system's manager can do. */
const FOR_SYSTEM = [
  'CapabilityBoundingSet=',
  'AmbientCapabilities=',
  'DevicePolicy=closed',
  'PrivateDevices=yes',
  'PrivateTmp=yes',
  'PrivateUsers=yes',
  'ProcSubset=pid',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHome=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'ProtectProc=invisible',
  'ProtectSystem=strict',
  'RemoveIPC=yes',
] as const

/** @param command  what is run, as systemd splits it: the words of a command line */
export function unitText(kind: UnitKind, command: readonly string[]): string {
  const isSystem = kind === 'system'
  return [
    '[Unit]',
    'Description=aip-node, a peer-to-peer trust node beside an agent',
    ...(isSystem ? ['After=network-online.target', 'Wants=network-online.target'] : []),
    '',
    '[Service]',
    'Type=notify',
    '# systemd-notify speaks for the node, since Node.js has no datagram sockets of this kind.',
    'NotifyAccess=all',
    `ExecStart=${command.map(quoted).join(' ')}`,
    'ExecReload=/bin/kill -HUP $MAINPID',
    'Restart=on-failure',
    'RestartSec=5',
    '# Wrong settings, a newer store and a lock held by another do not mend themselves.',
    'RestartPreventExitStatus=2 6 7 8',
    `TimeoutStopSec=${STOP_SECONDS}`,
    `WatchdogSec=${WATCHDOG_SECONDS}`,
    ...(isSystem
      ? [
          'User=aip-node',
          'Group=aip-node',
          'StateDirectory=aip-node',
          'StateDirectoryMode=0700',
          'RuntimeDirectory=aip-node',
          'RuntimeDirectoryMode=0700',
          'Environment=AIP_NODE_HOME=/var/lib/aip-node',
        ]
      : []),
    '',
    ...FOR_BOTH,
    ...(isSystem ? FOR_SYSTEM : []),
    '',
    '[Install]',
    `WantedBy=${isSystem ? 'multi-user.target' : 'default.target'}`,
    '',
  ].join('\n')
}

/** Source: systemd.service(5), "Command lines". */
function quoted(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  if (/^[A-Za-z0-9_./:=@%$+-]+$/.test(escaped)) return escaped
  return `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
