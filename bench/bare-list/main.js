// Shows the built page of this folder in a window of the workstation's size, under a scheme of its own as the workstation does.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BrowserWindow, app, net, protocol } from 'electron'

const profile = process.argv.find((argument) => argument.startsWith('--profile='))
app.setPath('userData', profile.slice('--profile='.length))
protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true, codeCache: true } }])
app.on('window-all-closed', () => app.quit())
void app.whenReady().then(() => {
  protocol.handle('app', (request) => {
    const { pathname } = new URL(request.url)
    return net.fetch(pathToFileURL(join(import.meta.dirname, pathname)).href)
  })
  const window = new BrowserWindow({ width: 1240, height: 800, webPreferences: { sandbox: true } })
  void window.loadURL('app://bare/index.html')
})
