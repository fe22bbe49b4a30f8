/** Loaded before an app (`node --import`): cdk-nag looks at each of its stacks when it is synthesised. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';

const { synth } = App.prototype;
App.prototype.synth = function synthChecked(this: App, ...given) {
  Validations.of(this).addPlugins(new AwsSolutionsChecks(this), new ServerlessChecks(this));
  return synth.apply(this, given);
};
