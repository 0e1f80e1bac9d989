import { spawn } from 'node:child_process'

/** Waits for the end of its standard input: that comes however the parent dies, by Ctrl-C, a signal or kill -9. */
const script = `
trap '' INT TERM HUP
cat >/dev/null
find "$1" -name postmaster.pid | while read -r file; do kill -QUIT "$(head -n 1 "$file")"; done
sleep 1
rm -rf "$1"
`

/** Stops every PostgreSQL below `dir` and removes it should this process die before `dismiss`. */
export function watchOver(dir: string): { dismiss(): void } {
  const dog = spawn('/bin/sh', ['-c', script, 'watchdog', dir], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  dog.unref()
  return { dismiss: () => dog.kill('SIGKILL') }
}
