"""What the steps of `filiera/steps` have in common: plain functions over pandas, scikit-learn, fairlearn and MLflow."""
