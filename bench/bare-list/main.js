// Shows the built page of this folder in a window of the workstation's size.
import { join } from 'node:path'
import { BrowserWindow, app } from 'electron'

const profile = process.argv.find((argument) => argument.startsWith('--profile='))
app.setPath('userData', profile.slice('--profile='.length))
app.on('window-all-closed', () => app.quit())
// Not awaited: Electron becomes ready only after its main module has been evaluated.
void app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1240, height: 800, webPreferences: { sandbox: true } })
  // Rejects when the window is closed as soon as it has painted, which is what happens here.
  window.loadFile(join(import.meta.dirname, 'index.html')).catch(() => undefined)
})
