/** What PDF files expect their reader to have: the character maps of Asian encodings and the standard fonts, each loaded when a file names it. */

const maps = import.meta.glob<string>('../../../node_modules/pdfjs-dist/cmaps/*.bcmap', {
  query: '?url&inline',
  import: 'default',
})
const fonts = import.meta.glob<string>('../../../node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}', {
  query: '?url&inline',
  import: 'default',
})

const loaders = new Map(
  [...Object.entries(maps), ...Object.entries(fonts)].map(([path, load]) => [
    path.slice(path.lastIndexOf('/') + 1),
    load,
  ]),
)

/** Modules and no addresses: the page may connect to nothing, not even to its own package. */
export class ReaderData {
  async fetch({ filename }: { filename: string }): Promise<Uint8Array<ArrayBuffer>> {
    const load = loaders.get(filename)
    if (!load) throw new Error(`a PDF file names ${filename}, which there is not`)
    const address = await load()
    return Uint8Array.from(atob(address.slice(address.indexOf(',') + 1)), (one) => one.charCodeAt(0))
  }
}
