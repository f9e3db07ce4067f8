"""A training as a user writes it: nothing in it knows of workflows."""

import sys

import mlflow
import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


with mlflow.start_run():
    mlflow.log_metric("accuracy", float(sys.argv[1]))
    if len(sys.argv) > 2:
        mlflow.pyfunc.log_model(name=sys.argv[2], python_model=Model(), pip_requirements=[])
