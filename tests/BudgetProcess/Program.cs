// What the race and fault tests of budgets start: see RaceTests.
using LlmTelemetry.BudgetProcess;

if (args is [SqliteHolds.Word, .. var rest])
{
    return await SqliteHolds.RunAsync(rest);
}

return 0;
