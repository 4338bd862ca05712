/** Loaded into the vault's processes: ends them in order when the launcher that holds the other end of their stdin is gone. */

process.stdin.once('end', () => process.kill(process.pid, 'SIGTERM'))
process.stdin.once('error', () => process.kill(process.pid, 'SIGTERM'))
process.stdin.resume()
// It must not keep a process alive that has nothing else to do. The type of stdin hides that it is a socket here.
if ('unref' in process.stdin && typeof process.stdin.unref === 'function') process.stdin.unref()
