using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;
using Spectre.Console;

namespace LlmTelemetry.Quickstart;

/// <summary>Prints what is in the store: by provider, by model, by user, and by bucket.</summary>
internal sealed class ReportPrinter(IAnsiConsole console, UsageReports reports)
{
    // All that day rows are kept for by default.
    private const int Days = 400;

    /// <returns>All that is in the store.</returns>
    public async Task<UsageReportRow> PrintAsync(CancellationToken cancellationToken)
    {
        var byModel = await QueryAsync([SpendDimension.Model], cancellationToken);
        Print("By provider", (await QueryAsync([SpendDimension.Provider], cancellationToken)).ToTable());
        Print("By model", byModel.ToTable());
        Print("By user", (await QueryAsync([SpendDimension.User], cancellationToken)).ToTable());

        var details = await QueryAsync([SpendDimension.Provider, SpendDimension.Model, SpendDimension.User], cancellationToken);
        Print("Cost by bucket", details.ToBucketTable());
        console.WriteLine();
        PrintCached(byModel.Total);
        PrintUnknown(byModel);
        return byModel.Total;
    }

    /// <summary>Adds up all that is in a store.</summary>
    public static async Task<UsageReportRow> TotalAsync(UsageReports reports, CancellationToken cancellationToken) =>
        (await QueryAsync(reports, [], cancellationToken)).Total;

    private Task<UsageReport> QueryAsync(IReadOnlyList<SpendDimension> by, CancellationToken cancellationToken) => QueryAsync(reports, by, cancellationToken);

    private static Task<UsageReport> QueryAsync(UsageReports reports, IReadOnlyList<SpendDimension> by, CancellationToken cancellationToken) =>
        reports.QueryAsync(new UsageReportQuery { From = reports.Today.AddDays(1 - Days), To = reports.Today, By = by }, cancellationToken);

    private void PrintCached(UsageReportRow total)
    {
        var written = total.UsageOf(UsageBucket.CacheWrite5m) + total.UsageOf(UsageBucket.CacheWrite1h);
        var writeCost = total.CostOf(UsageBucket.CacheWrite5m) + total.CostOf(UsageBucket.CacheWrite1h);
        console.MarkupLine(
            $"[bold]Cached:[/]     {Text.Count(total.UsageOf(UsageBucket.CacheRead))} tokens read from the provider's cache for {Text.Usd(total.CostOf(UsageBucket.CacheRead))}, "
            + $"{Text.Count(written)} written to it for {Text.Usd(writeCost)}");
    }

    private void PrintUnknown(UsageReport byModel)
    {
        var total = byModel.Total;
        if (total.Unpriced > 0)
        {
            var models = string.Join(", ", byModel.Rows.Where(row => row.Unpriced > 0).Select(row => row[SpendDimension.Model]));
            console.MarkupLine(
                $"[bold]Unpriced:[/]   {Text.Calls(total.Unpriced)} with {Text.Count(total.UnpricedTokens)} tokens: the price book does not know {Markup.Escape(models)}, "
                + "so the cost is unknown, not 0");
        }

        if (total.Partial > 0)
        {
            console.MarkupLine($"[bold]Partial:[/]    {Text.Calls(total.Partial)} cut before the provider told all of the usage: the cost is at least what is said here");
        }

        if (total.Unmeasured > 0)
        {
            console.MarkupLine($"[bold]Unmeasured:[/] {Text.Calls(total.Unmeasured)} without any usage reported: tokens and cost are unknown, not 0");
        }
    }

    private void Print(string title, string table)
    {
        console.WriteLine();
        console.MarkupLine($"[bold]{title}[/]");

        // Not through the console: it would break lines at its own idea of the width.
        console.Profile.Out.Writer.Write(table);
    }
}
