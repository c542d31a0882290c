// The pages work without this. It adds the keyboard, following a run, values under the pointer, and copying.
import { keyboard } from "./keyboard.js";
import { charts } from "./charts.js";
import { follow } from "./follow.js";
import { forms } from "./forms.js";
import { playground } from "./playground.js";

function dress(root) {
  charts(root);
  forms(root);
}

keyboard();
follow(dress);
dress(document);
playground();
