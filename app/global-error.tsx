'use client'
import './globals.css'

/** When even the layout failed: no translations, no theme, but a way on. */
export default function GlobalError({ reset }: { reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <main className="mx-auto flex min-h-dvh max-w-140 flex-col justify-center gap-3 p-6">
          <h1 className="text-20">Drawbridge could not show this page.</h1>
          <p className="text-ink-2">Reload it. If it fails again, the server’s log says why.</p>
          <div>
            <button type="button" onClick={reset} className="h-8 rounded-base border border-line-strong px-3">
              Try again
            </button>
          </div>
        </main>
      </body>
    </html>
  )
}
