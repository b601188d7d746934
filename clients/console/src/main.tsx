import '@cloudscape-design/global-styles/index.css';
import './console.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createConsole } from './api.ts';
import { App, Failed } from './app.tsx';
import { openSession } from './session.ts';

const element = document.getElementById('root');
if (element === null) throw new Error('index.html has no #root');
const root = createRoot(element);
try {
  const session = await openSession();
  root.render(
    <StrictMode>
      <App console={createConsole(session)} user={session.user} />
    </StrictMode>,
  );
} catch (error) {
  root.render(<Failed error={error} />);
}
