// The whole way of a call in a program that is compiled ahead of time: a tracked client, a ledger in SQLite, a report.
using System.Globalization;
using System.Runtime.CompilerServices;
using LlmTelemetry.Aot;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Instrumentation;
using Microsoft.Extensions.AI;

await using var exporter = CostExporterHost.Start(o => o.Store = args is [var store, ..] ? store : "sqlite::memory:");
using var client = new FixedChatClient().UseUsageTracking();

using (UsageScope.Begin(user: "ada", feature: "aot"))
{
    var answer = await client.GetResponseAsync("Hi");
    Console.WriteLine($"answer: {answer.GetUsageCost()}");
    await foreach (var update in client.GetStreamingResponseAsync("Hi"))
    {
        Console.Write(update.Text);
    }

    Console.WriteLine();
}

await exporter.FlushAsync();
var report = await exporter.Reports.QueryAsync(new UsageReportQuery { From = exporter.Reports.Today.AddDays(-1), To = exporter.Reports.Today, By = [SpendDimension.User] });
foreach (var row in report.Rows)
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row[SpendDimension.User]}: {row.Calls} calls, {row.Cost} USD"));
}

Console.WriteLine($"compiled ahead of time: {!RuntimeFeature.IsDynamicCodeSupported}");
