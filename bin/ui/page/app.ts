import { Refused } from './api.ts';
import { deadLettersView } from './dead-letters.ts';
import { byId, fill, h } from './dom.ts';
import { jobView } from './job.ts';
import { jobsView } from './jobs.ts';
import { drawOverview, loadOverview } from './overview.ts';
import { tasksView, taskView } from './tasks.ts';
import { type Route, type Shown, shown } from './view.ts';

/** How often what is live is loaded again. */
const EVERY_MS = 2_000;

function currentRoute(): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\//, '').split('?', 2);
  const [page = '', id = ''] = path.split('/').map(decodeURIComponent);
  return { page: page || 'jobs', id, query: new URLSearchParams(query) };
}

function viewOf({ page, id }: Route): Shown {
  if (page === 'jobs') return id === '' ? shown(jobsView) : shown(jobView);
  if (page === 'tasks') return id === '' ? shown(tasksView) : shown(taskView);
  if (page === 'dead-letters') return shown(deadLettersView);
  throw new Refused({ title: 'There is no such page.' });
}

/** Counts what is shown: what comes for a page that was left meanwhile is not drawn. */
let turn = 0;
/** Where the page was when it was drawn last. */
let drawnAt: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Draws nothing more of what is under way. @returns the turn that follows */
function rest(): number {
  clearTimeout(timer);
  return ++turn;
}

/** Loads and draws what is at this address; what is live again and again, as long as it is looked at. */
async function show(): Promise<void> {
  const mine = rest();
  const route = currentRoute();
  const isNew = drawnAt !== location.hash;
  for (const link of document.querySelectorAll('nav a'))
    link.classList.toggle('here', link.getAttribute('href') === `#/${route.page}`);
  let live = false;
  try {
    const view = viewOf(route);
    live = view.live;
    const [overview, { draw }] = await Promise.all([loadOverview(), view.load(route)]);
    if (mine !== turn) return;
    fill(byId('overview'), drawOverview(overview));
    // To draw anew would take from someone what they type, or the list that they have opened.
    if (isNew || !isInUse()) fill(byId('main'), draw({ act }));
    drawnAt = location.hash;
    if (byId('notice').classList.contains('lost')) tell('');
  } catch (error) {
    if (mine !== turn) return;
    if (isNew) fill(byId('main'), null);
    tell(wordsOf(error), 'error lost');
  }
  if (live && !document.hidden) timer = setTimeout(show, EVERY_MS);
}

const IN_USE = 'main input:not([type=checkbox]):focus, main select:focus, main textarea:focus';
const isInUse = (): boolean => document.querySelector(IN_USE) !== null;

async function act(work: () => Promise<string | undefined>): Promise<void> {
  try {
    tell((await work()) ?? '');
    await show();
  } catch (error) {
    tell(wordsOf(error), 'error');
  }
}

/** @param kind `error`, and `lost` for one that goes away when the API answers again */
function tell(text: string, kind = ''): void {
  const notice = byId('notice');
  notice.textContent = text;
  notice.className = kind;
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

addEventListener('hashchange', () => {
  tell('');
  void show();
});
document.addEventListener('visibilitychange', () => {
  if (document.hidden) rest();
  else void show();
});
const about = (await (await fetch('about.json')).json()) as { readonly about: string };
fill(byId('about'), h('code', null, about.about));
await show();
