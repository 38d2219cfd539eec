import { dataset, integer, model } from "../../language/ports.ts";
import { type PythonStep, pythonStep } from "../../language/python-step.ts";
import { given, leftOut } from "../given.ts";
import type { NetworkTraining, WindowRecipe } from "./types.ts";

/** Our images with a framework that networks learn with. */
export type FrameworkImage = "steps-pytorch" | "steps-keras";

const FRAMEWORKS: Readonly<Record<string, FrameworkImage>> = {
  train_images: "steps-pytorch",
  train_series: "steps-keras",
};

/** The steps for networks that learn from a column of arrays. `file` says where a step's Python is. */
export function networkSteps(image: string, file: (name: string) => string) {
  const window = pythonStep({
    file: file("networks/window"),
    image,
    inputs: { data: dataset(), recipe: given<WindowRecipe>() },
    outputs: { windows: dataset() },
  });
  const training = {
    image,
    inputs: {
      data: dataset({ description: "with one feature, of type array" }),
      validation: dataset({ description: "what ends learning; what scores and the threshold are set with" }),
      parameters: leftOut<NetworkTraining>(),
      seed: integer({ default: 1 }),
    },
    outputs: { model: model() },
  };
  const trainImages = pythonStep({ ...training, file: file("networks/train_images") });
  const trainSeries = pythonStep({ ...training, file: file("networks/train_series") });
  return { window, trainImages, trainSeries } as const;
}

/** The image that a step of the library needs, and with it all that ask its model; undefined where `steps` is enough. */
export function frameworkOf(step: PythonStep): FrameworkImage | undefined {
  return FRAMEWORKS[step.function];
}
