import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * What tells one process from every other, also from a later one that was given the same number. `bootId` and
 * `pidNamespace` say where `pid` has a meaning at all; both are empty where the system does not tell.
 */
export interface ProcessIdentity {
  pid: number
  /** When it started, in whatever unit the system counts; only ever compared for equality. */
  startedAt: string
  bootId: string
  pidNamespace: string
  hostname: string
}

/** This process. */
export function identifySelf(): ProcessIdentity {
  return {
    pid: process.pid,
    startedAt: processStart(process.pid) ?? '',
    bootId: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '',
    pidNamespace: attempt(() => readlinkSync('/proc/self/ns/pid')) ?? '',
    hostname: hostname(),
  }
}

/** When the process with this number started, or undefined where there is none (a zombie counts as none). */
export function processStart(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
    // The command name may hold spaces and parentheses, so count from the last one: state is field 3, start is field 22 (proc(5)).
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields === undefined || fields[0] === 'Z' ? undefined : fields[19]
  }
  const line = attempt(() =>
    execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim(),
  )
  return line === undefined || line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '')
}

/** The command line of a process, or undefined where there is none. */
export function commandLine(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const raw = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    return raw === undefined || raw === '' ? undefined : raw.replaceAll('\0', ' ').trim()
  }
  return attempt(() => execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim())
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
