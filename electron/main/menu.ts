/** The application menu: hidden, there for its keyboard shortcuts; nothing that opens, reloads or inspects in a packaged build. */
import { Menu, type MenuItemConstructorOptions } from 'electron'

export function setMenu(packaged: boolean, platform: string): void {
  const view: MenuItemConstructorOptions[] = [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }]
  if (!packaged) view.push({ role: 'toggleDevTools' })
  const template: MenuItemConstructorOptions[] = [
    ...(platform === 'darwin' ? [{ role: 'appMenu' as const }] : []),
    {
      role: 'editMenu',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    { label: 'View', submenu: view },
    { label: 'Window', submenu: [{ role: 'minimize' }, { role: 'quit' }] },
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}
