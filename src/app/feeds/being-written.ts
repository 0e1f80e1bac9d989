import { readdir, readFile, stat } from 'node:fs/promises'

/** O_WRONLY and O_RDWR (open(2)). */
const writing = 0o3

/**
 * Which files, as `device:inode`, a process of this machine has open for writing, as far as we may look; none where there is no /proc. A
 * writer on another machine is not seen: he has to rename the file into the folder.
 */
export async function filesBeingWritten(): Promise<Set<string>> {
  const found = new Set<string>()
  for (const pid of await names('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    for (const fd of await names(`/proc/${pid}/fd`)) {
      const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '')
      const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8)
      if ((flags & writing) === 0) continue
      const file = await stat(`/proc/${pid}/fd/${fd}`).catch(() => undefined)
      if (file?.isFile()) found.add(fileId(file))
    }
  }
  return found
}

export const fileId = ({ dev, ino }: { dev: number; ino: number }) => `${dev}:${ino}`

const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])
