import { render } from 'preact'
import { App } from './app.tsx'
import './tokens.css'
import './base.css'
import { openSession } from './session.ts'

void openSession()
const root = document.querySelector('#app')
if (root !== null) render(<App />, root)
