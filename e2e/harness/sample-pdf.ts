/** PDFs as customers send them, small and written by hand. */
import { deflateSync } from 'node:zlib'

interface PdfObject {
  /** Without `obj` and `endobj`. */
  text: string
  stream?: Buffer
}

/** Numbers objects from 1; the first is the catalogue. `trailer` is added to the file's own. */
function writePdf(objects: readonly PdfObject[], trailer = ''): Buffer {
  const parts: Buffer[] = []
  let at = 0
  const put = (part: string | Buffer): void => {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'latin1') : part
    parts.push(bytes)
    at += bytes.length
  }
  put('%PDF-1.4\n')
  const places = objects.map(({ text, stream }, index) => {
    const place = `${String(at).padStart(10, '0')} 00000 n \n`
    put(`${index + 1} 0 obj${text}`)
    if (stream) {
      put('stream\n')
      put(stream)
      put('\nendstream')
    }
    put(' endobj\n')
    return place
  })
  const start = at
  put(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}`)
  put(`trailer<</Size ${objects.length + 1}/Root 1 0 R${trailer}>>\nstartxref\n${start}\n%%EOF\n`)
  return Buffer.concat(parts)
}

function drawing(commands: string): PdfObject {
  const stream = deflateSync(Buffer.from(commands, 'latin1'))
  return { text: `<</Length ${stream.length}/Filter/FlateDecode>>`, stream }
}

/** Eight rows of white as a fax machine writes them: each is one bit. */
const fax = Buffer.from([0xff, 0x00, 0x10, 0x01])

/**
 * Two sheets. The first has words and a blue field in its middle; the second Chinese in a font that is not in the file, and a red field in
 * its middle, which is a fax picture.
 */
export function twoSheets(words: string, chinese: string): Buffer {
  const codes = Buffer.from(chinese, 'utf16le').swap16().toString('hex')
  const sheet = (contents: number): string =>
    `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents ${contents} 0 R/Resources 7 0 R>>`
  return writePdf([
    { text: '<</Type/Catalog/Pages 2 0 R>>' },
    { text: '<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>' },
    { text: sheet(5) },
    { text: sheet(6) },
    drawing(`BT /Latin 28 Tf 72 740 Td (${words}) Tj ET 0 0 1 rg 200 320 200 200 re f`),
    drawing(`BT /Chinese 28 Tf 72 740 Td <${codes}> Tj ET q 1 0 0 rg 200 0 0 200 200 320 cm /Fax Do Q`),
    { text: '<</Font<</Latin 8 0 R/Chinese 9 0 R>>/XObject<</Fax 11 0 R>>>>' },
    { text: '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>' },
    {
      text: '<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[10 0 R]>>',
    },
    {
      text: '<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/FontDescriptor 12 0 R>>',
    },
    {
      text: `<</Type/XObject/Subtype/Image/Width 8/Height 8/ImageMask true/Decode[1 0]/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 8/Rows 8>>/Length ${fax.length}>>`,
      stream: fax,
    },
    {
      text: '<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>',
    },
  ])
}

/** One empty sheet behind a password that nobody knows. */
export function lockedSheet(): Buffer {
  const [owner, user] = ['5a'.repeat(32), 'a5'.repeat(32)]
  const lock = `/Encrypt<</Filter/Standard/V 1/R 2/O<${owner}>/U<${user}>/P -44>>/ID[<${owner}><${owner}>]`
  return writePdf(
    [
      { text: '<</Type/Catalog/Pages 2 0 R>>' },
      { text: '<</Type/Pages/Kids[3 0 R]/Count 1>>' },
      { text: '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>' },
    ],
    lock,
  )
}
