"""Which flowers are these? A table is read and summed up, a classifier is trained on it, two groups are compared."""

import pandas as pd
from scipy import optimize, sparse, stats
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def main():
    iris = load_iris(as_frame=True)
    table = iris.frame.rename(columns=lambda name: name.removesuffix(" (cm)").replace(" ", "_"))
    means = table.groupby("target")["petal_length"].mean()
    print(means.round(3).to_csv(header=False).strip())

    train, test = train_test_split(table, random_state=7, stratify=table["target"])
    model = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=20, random_state=7, n_jobs=2))
    model.fit(train.drop(columns="target"), train["target"])
    print("score:", model.score(test.drop(columns="target"), test["target"]) > 0.9)

    first, second = (table.loc[table["target"] == kind, "petal_length"] for kind in (0, 1))
    print("differ:", stats.ttest_ind(first, second).pvalue < 1e-9)
    print("root:", round(optimize.brentq(lambda x: x**2 - 2, 0, 2), 6))
    print("sparse:", sparse.csr_matrix(table.head(3)).sum().round(1))
    print("month:", pd.date_range("2024-01-31", periods=2, freq="ME", tz="Europe/Berlin")[1].isoformat())
