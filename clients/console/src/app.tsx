import AppLayoutToolbar from '@cloudscape-design/components/app-layout-toolbar';
import Box from '@cloudscape-design/components/box';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import english from '@cloudscape-design/components/i18n/messages/all.en';
import Link from '@cloudscape-design/components/link';
import SideNavigation from '@cloudscape-design/components/side-navigation';
import Spinner from '@cloudscape-design/components/spinner';
import TopNavigation from '@cloudscape-design/components/top-navigation';
import { applyMode, Mode } from '@cloudscape-design/global-styles';
import { lazy, Suspense, useEffect, useState } from 'react';
import { type Console, ConsoleContext } from './api.ts';
import { link, type Place, placeOf } from './logic/route.ts';
import { OverviewPage } from './pages/overview.tsx';
import { ErrorAlert } from './parts/error-alert.tsx';

const ClusterPage = lazy(() => import('./pages/cluster.tsx'));
const BackupPage = lazy(() => import('./pages/backup.tsx'));
const RestorePage = lazy(() => import('./pages/restore.tsx'));
const ActivityPage = lazy(() => import('./pages/activity.tsx'));
const WorkflowPage = lazy(() => import('./pages/workflow.tsx'));
const SettingsPage = lazy(() => import('./pages/settings.tsx'));

export function App({ console, user }: { console: Console; user: string | undefined }) {
  const place = usePlace();
  const [mode, setMode] = useMode();
  const title = titleOf(place);
  useEffect(() => {
    document.title = `${title} – TiDB backups`;
  }, [title]);
  return (
    <ConsoleContext value={console}>
      <I18nProvider locale="en" messages={[english]}>
        <div id="top">
          <TopNavigation
            identity={{ href: '#/', title: 'TiDB backups' }}
            utilities={[
              {
                type: 'button',
                text: mode === Mode.Dark ? 'Light mode' : 'Dark mode',
                onClick: () => setMode(mode === Mode.Dark ? Mode.Light : Mode.Dark),
              },
              ...(user === undefined
                ? []
                : [{ type: 'button' as const, text: user, iconName: 'user-profile' as const }]),
            ]}
          />
        </div>
        <AppLayoutToolbar
          headerSelector="#top"
          toolsHide
          navigation={
            <SideNavigation
              activeHref={activeHref(place)}
              items={[
                { type: 'link', text: 'Overview', href: '#/' },
                { type: 'link', text: 'Activity', href: '#/activity' },
                { type: 'link', text: 'Settings', href: '#/settings' },
              ]}
            />
          }
          breadcrumbs={<BreadcrumbGroup items={breadcrumbs(place)} />}
          content={
            console.may('backup:read') ? (
              <Suspense fallback={<Spinner size="large" />}>
                <Page place={place} />
              </Suspense>
            ) : (
              <ErrorAlert
                error={new Error('Your token lacks the scope backup:read, without which there is nothing to see.')}
              />
            )
          }
        />
      </I18nProvider>
    </ConsoleContext>
  );
}

/** The session could not be opened, so nothing else can be shown. */
export function Failed({ error }: { error: unknown }) {
  return (
    <main>
      <Box padding="xxl">
        <h1>TiDB backups</h1>
        <ErrorAlert error={error} retry={() => location.reload()} />
      </Box>
    </main>
  );
}

function Page({ place }: { place: Place }) {
  switch (place.page) {
    case 'overview':
      return <OverviewPage />;
    case 'cluster':
      return <ClusterPage key={place.clusterId} clusterId={place.clusterId} tab={place.tab} />;
    case 'backup':
      return <BackupPage key={place.backupId} backupId={place.backupId} />;
    case 'restore':
      return <RestorePage key={place.backupId} backupId={place.backupId} />;
    case 'activity':
      return <ActivityPage />;
    case 'workflow':
      return <WorkflowPage key={place.workFlowId} workFlowId={place.workFlowId} />;
    case 'settings':
      return <SettingsPage />;
    case 'unknown':
      return (
        <Box padding="xxl" textAlign="center">
          There is no such page. <Link href="#/">Go to the overview</Link>
        </Box>
      );
  }
}

function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return placeOf(hash);
}

const MODE_KEY = 'colour-mode';

/** The viewer's choice; until there is one, the system's. */
function useMode(): [Mode, (mode: Mode) => void] {
  const [mode, setMode] = useState<Mode>(() => {
    const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    return (localStorage.getItem(MODE_KEY) ?? system) === 'dark' ? Mode.Dark : Mode.Light;
  });
  useEffect(() => applyMode(mode), [mode]);
  return [
    mode,
    (chosen) => {
      localStorage.setItem(MODE_KEY, chosen);
      setMode(chosen);
    },
  ];
}

function titleOf(place: Place): string {
  switch (place.page) {
    case 'cluster':
      return `Cluster ${place.clusterId}`;
    case 'backup':
      return `Backup ${place.backupId}`;
    case 'restore':
      return `Restore ${place.backupId}`;
    case 'workflow':
      return `Workflow ${place.workFlowId}`;
    case 'unknown':
      return 'No such page';
    default:
      return place.page.charAt(0).toUpperCase() + place.page.slice(1);
  }
}

function breadcrumbs(place: Place): { text: string; href: string }[] {
  const home = { text: 'Overview', href: '#/' };
  switch (place.page) {
    case 'overview':
      return [home];
    case 'restore':
      return [
        home,
        { text: `Backup ${place.backupId}`, href: link('backups', place.backupId) },
        { text: 'Restore', href: location.hash },
      ];
    case 'workflow':
      return [home, { text: 'Activity', href: '#/activity' }, { text: titleOf(place), href: location.hash }];
    default:
      return [home, { text: titleOf(place), href: location.hash }];
  }
}

function activeHref({ page }: Place): string {
  if (page === 'settings') return '#/settings';
  return page === 'activity' || page === 'workflow' ? '#/activity' : '#/';
}
