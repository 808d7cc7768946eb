// The end of a search: its report, its chart, and the best trial in words.
import { writeChart } from '../../chart/file';
import { drawPage } from '../../chart/page';
import { DataError } from '../../errors';
import { writeFileAtomic } from '../../files';
import type { Family } from '../../models/family';
import type { Output } from '../../output';
import { searchPage } from '../../tune/chart';
import { resultTable, searchReport } from '../../tune/report';
import type { SearchOutcome } from '../../tune/search';
import { bestOf, commandOf, trainCommand, trialWords, valueWords } from '../../tune/standing';
import type { TrialResult, TuneFolder, TunePlan } from '../../tune/tune-folder';
import { shellWord } from '../../words';

interface Searched {
  readonly folder: TuneFolder;
  readonly plan: TunePlan;
  readonly family: Family;
}

/** Writes the report and the chart of what there is. @throws DataError when no trial came to a figure */
export async function finish(
  { folder, plan, family }: Searched,
  { results, reason }: SearchOutcome,
  output: Output,
): Promise<void> {
  const page = await searchPage(folder, plan, results);
  const charts = page ? [`${folder.chart}.svg`, `${folder.chart}.png`] : [];
  if (page) await writeChart(drawPage(page), charts);
  if (results.length > 0)
    await writeFileAtomic(folder.report, searchReport(results, plan, family, folder, charts));
  const best = bestOf(results, plan);
  const command = best && trainCommand(plan, best);
  const event = { event: 'end', reason, best, command, report: folder.report, charts };
  if (best && command) output.result(event, endWords(results, best, plan, folder));
  else if (reason === 'signal' || reason === 'cancelled') return;
  else if (results.length > 0) {
    throw new DataError(
      `None of the trials came to a figure. The last: ${results.at(-1)?.reason ?? 'no reason known'}`,
      {
        hint: `See ${folder.report}, and search elsewhere with --set.`,
      },
    );
  } else {
    throw new DataError('Time was up before the first trial was done.', {
      hint: `Go on with more of it: aigc ${commandOf(plan)} --resume --out ${shellWord(folder.path)} --budget-minutes N`,
    });
  }
}

function endWords(
  results: readonly TrialResult[],
  best: TrialResult,
  plan: TunePlan,
  folder: TuneFolder,
): string[] {
  return [
    ...resultTable(results, plan),
    '',
    `Best: ${valueWords(best, plan)}, ${trialWords(best.trial, plan)}. Train it anew:`,
    `  ${trainCommand(plan, best)}`,
    `Report: ${folder.report}, chart: ${folder.chart}.png`,
  ];
}
