import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { accept } from '../accepted-findings.ts';
import { deployedStack } from '../deployed-stack.ts';
import { openKeyToAlarms } from '../encryption.ts';

/**
 * An SNS topic that tells each subscriber, a mail address or an `https://` URL, of alarms.
 *
 * Takes TLS only. As soon as a topic has a policy of its own, AWS's default no longer lets alarms of the account publish, so that
 * is granted here, to CloudWatch for alarms of this account and no other.
 * @throws Error for a subscriber that is neither
 */
export class AlarmTopic extends sns.Topic {
  /** @param encryptionKey default: SNS's own encryption of its disks */
  constructor(scope: Construct, id: string, subscribers: readonly string[], encryptionKey: IKey | undefined) {
    super(scope, id, {
      displayName: `Alarms of ${deployedStack(scope).stackName}`.slice(0, 100), // SNS takes no more
      enforceSSL: true,
      ...(encryptionKey && { masterKey: encryptionKey }),
    });
    if (encryptionKey) openKeyToAlarms(this, encryptionKey);
    for (const subscriber of subscribers) this.addSubscription(subscriptionOf(subscriber));
    accept(this, 'alarmIsForNow');
    const { account } = Stack.of(this);
    this.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
  }
}

function subscriptionOf(subscriber: string): sns.ITopicSubscription {
  if (/^https:\/\/\S+$/.test(subscriber)) return new UrlSubscription(subscriber);
  if (/^[^\s@:/]+@[^\s@:/]+\.[^\s@:/]+$/.test(subscriber)) return new EmailSubscription(subscriber);
  throw new Error(`'${subscriber}' cannot be told of alarms: give a mail address, or a URL that begins with https://.`);
}
