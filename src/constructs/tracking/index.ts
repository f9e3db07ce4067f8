export * from './mlflow-server';
