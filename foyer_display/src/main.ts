import '$shared/tokens.css'
import './foyer.css'
import { mount } from 'svelte'
import Foyer from './Foyer.svelte'

// Mounted once and never unmounted: this page is left open for months.
mount(Foyer, { target: document.getElementById('page') as HTMLElement })
