using System.CommandLine;
using System.Globalization;
using System.Text;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry records</c>: a page of the records of single calls.</summary>
internal sealed class RecordsCommand : StoreCommand
{
    private readonly RecordFilters _filters;
    private readonly Option<int> _limit;
    private readonly Option<string?> _after;
    private readonly FormatOption _format;

    public RecordsCommand(CommandContext context)
        : this(
            context,
            new RecordFilters(),
            new Option<int>("--limit") { Description = "How many at most, 1 to 10000 (default: 100).", HelpName = "number", DefaultValueFactory = _ => 100 },
            new Option<string?>("--after") { Description = "Where the page begins: what the page before said.", HelpName = "place" },
            new FormatOption("table, json, jsonl or csv.", ReportFormat.Table, [ReportFormat.Table, .. ExportFormat.All]))
    {
    }

    private RecordsCommand(CommandContext context, RecordFilters filters, Option<int> limit, Option<string?> after, FormatOption format)
        : base("records", "Prints records of single calls, the latest first.", context, [.. filters.All, limit, after, format])
    {
        (_filters, _limit, _after, _format) = (filters, limit, after, format);
        _limit.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && !(int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= 10_000))
            {
                result.AddError($"'{result.Tokens[0].Value}' is no --limit: write a number from 1 to 10000.");
            }
        });
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CostExporterOptions options, CancellationToken cancellationToken)
    {
        var zone = await LedgerZone.OfAsync(options, cancellationToken).ConfigureAwait(false);
        var query = _filters.Query(arguments, zone) with { PageSize = arguments.GetValue(_limit), After = arguments.GetValue(_after) };
        UsageRecordPage page;
        var records = await RecordsDoor.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (records.ConfigureAwait(false))
        {
            page = await records.QueryAsync(query, cancellationToken).ConfigureAwait(false);
        }

        var output = arguments.InvocationConfiguration.Output;
        switch (arguments.GetValue(_format)!)
        {
            case ReportFormat.Table:
                await output.WriteAsync(RecordTable.Render(page.Records, zone)).ConfigureAwait(false);
                break;
            case ExportFormat.Json:
                await output.WriteAsync(RecordPageJson.Render(page)).ConfigureAwait(false);
                return CommandLine.Ok;
            case var format:
                using (var stream = new MemoryStream())
                {
                    using var silent = new ExportProgress(TextWriter.Null, isShown: false, Context.Time);
                    await ExportWriter.WriteAsync(stream, RecordExport.Of(page.Records.ToAsyncEnumerable()), format, silent, cancellationToken).ConfigureAwait(false);
                    await output.WriteAsync(Encoding.UTF8.GetString(stream.ToArray())).ConfigureAwait(false);
                }

                break;
        }

        if (page.Next is { } next)
        {
            await arguments.InvocationConfiguration.Error.WriteLineAsync($"There are more: --after {next}").ConfigureAwait(false);
        }

        return CommandLine.Ok;
    }
}
