using System.CommandLine;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry export</c>: records or sums as a file, once or every day.</summary>
internal sealed class ExportCommand : StoreCommand
{
    private readonly ExportOptions _options;

    public ExportCommand(CommandContext context)
        : this(context, new ExportOptions())
    {
    }

    private ExportCommand(CommandContext context, ExportOptions options)
        : base("export", "Writes records of single calls, or sums by day, as JSON Lines, JSON or CSV.", context, [.. options.All]) => _options = options;

    protected override async Task<int> RunAsync(ParseResult arguments, CostExporterOptions options, CancellationToken cancellationToken)
    {
        var request = _options.Read(arguments, Context.Variable);
        if (request.Out is null)
        {
            using var progress = Progress(arguments);
            var stream = new BufferedStream(new TextStream(arguments.InvocationConfiguration.Output), 1 << 16);
            await using (stream.ConfigureAwait(false))
            {
                await WriteAsync(arguments, options, request, stream, progress, cancellationToken).ConfigureAwait(false);
            }

            return CommandLine.Ok;
        }

        return request.Daily
            ? await RunDailyAsync(arguments, options, request, cancellationToken).ConfigureAwait(false)
            : await WriteFileAsync(arguments, options, request, cancellationToken).ConfigureAwait(false);
    }

    private ExportProgress Progress(ParseResult arguments) => new(arguments.InvocationConfiguration.Error, Context.Surroundings.CanShowProgress, Context.Time);

    private async Task<int> WriteFileAsync(ParseResult arguments, CostExporterOptions options, ExportRequest request, CancellationToken cancellationToken)
    {
        var zone = await LedgerZone.OfAsync(options, cancellationToken).ConfigureAwait(false);
        var path = new ExportFile(request.Out!).Of(TimeZoneInfo.ConvertTime(Context.Time.GetUtcNow(), zone).DateTime);
        long rows;
        using (var progress = Progress(arguments))
        {
            await ExportFile.WriteAsync(path, stream => WriteAsync(arguments, options, request, stream, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
            rows = progress.Rows;
        }

        await arguments.InvocationConfiguration.Error.WriteLineAsync(FormattableString.Invariant($"{rows} rows are in {path}.")).ConfigureAwait(false);
        return CommandLine.Ok;
    }

    private async Task WriteAsync(ParseResult arguments, CostExporterOptions options, ExportRequest request, Stream stream, ExportProgress progress, CancellationToken cancellationToken)
    {
        if (request.What == ExportOptions.Records)
        {
            var query = _options.Filters.Query(arguments, await LedgerZone.OfAsync(options, cancellationToken).ConfigureAwait(false));
            var records = await RecordsDoor.OpenAsync(options, cancellationToken).ConfigureAwait(false);
            await using (records.ConfigureAwait(false))
            {
                await ExportWriter.WriteAsync(stream, RecordExport.Of(records.ReadAsync(query, cancellationToken)), request.Format, progress, cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        var reports = await LedgerReader.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (reports.ConfigureAwait(false))
        {
            var query = _options.Query(arguments, request, reports.Today);
            await ExportWriter.WriteAsync(stream, new UsageExport(reports).Of(query, progress), request.Format, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> RunDailyAsync(ParseResult arguments, CostExporterOptions options, ExportRequest request, CancellationToken cancellationToken)
    {
        using var http = request.Webhook is null ? null : new Webhook(request.Webhook, Context.Time);
        var daily = new DailyExport(new DailyLedgerExport(options, request, _options.Filters.Where(arguments), http), new ExportFile(request.Out!), Context.Time, arguments.InvocationConfiguration.Error, request.Delay);
        try
        {
            await daily.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped, which is how it ends.
        }

        return CommandLine.Ok;
    }
}
