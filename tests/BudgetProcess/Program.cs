// Callers of budgets in a process of their own, which tests start several of.
using LlmTelemetry.BudgetProcess;

return args switch
{
    [SqliteHolds.Word, .. var rest] => await SqliteHolds.RunAsync(rest),
    [Race.Word, .. var rest] => await Race.RunAsync(rest),
    [UntilKilled.Word, .. var rest] => await UntilKilled.RunAsync(rest),
    _ => throw new ArgumentException($"'{string.Join(' ', args)}' is nothing that this program does."),
};
