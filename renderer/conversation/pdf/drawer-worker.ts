/** The worker that draws a PDF's pages. */
import 'pdfjs-dist/legacy/build/pdf.renderer.mjs'
