import type { LoopbackServer } from '../../http/loopback-server.ts';
import type { AwsDoor } from '../aws-door.ts';
import { listenAsJsonService } from '../json-service.ts';
import { createSecret } from './actions/create-secret.ts';
import { deleteSecret } from './actions/delete-secret.ts';
import { describeSecret } from './actions/describe-secret.ts';
import { getSecretValue } from './actions/get-secret-value.ts';
import { listSecrets } from './actions/list-secrets.ts';
import { putSecretValue } from './actions/put-secret-value.ts';
import { restoreSecret } from './actions/restore-secret.ts';
import { updateSecret } from './actions/update-secret.ts';
import type { SecretStore } from './secret-store.ts';

/** Serves the Secrets Manager API. */
export function listenAsSecretsManager(store: SecretStore, door: AwsDoor): Promise<LoopbackServer> {
  return listenAsJsonService(
    {
      service: 'secrets_manager',
      targetPrefix: 'secretsmanager',
      version: '1.1',
      actions: {
        CreateSecret: createSecret(store),
        DeleteSecret: deleteSecret(store),
        DescribeSecret: describeSecret(store),
        GetSecretValue: getSecretValue(store),
        ListSecrets: listSecrets(store),
        PutSecretValue: putSecretValue(store),
        RestoreSecret: restoreSecret(store),
        UpdateSecret: updateSecret(store),
      },
    },
    door,
  );
}
