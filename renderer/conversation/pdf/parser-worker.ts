/** The worker that takes a PDF apart. */
import 'pdfjs-dist/legacy/build/pdf.worker.mjs'
