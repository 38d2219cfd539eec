"""Writes what people should know of a model."""

from kfp.dsl import Input, Markdown, Model, Output


def describe(model: Input[Model], accuracy: float, card: Output[Markdown]):
    """Writes a model card."""
    with open(card.path, "w", encoding="utf-8") as file:
        file.write("# Iris classifier\n\n")
        file.write(f"A logistic regression of strength {model.metadata['strength']}, ")
        file.write(f"right for {accuracy:.1%} of the flowers that it had not seen.\n")
