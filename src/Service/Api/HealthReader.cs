using System.Reflection;
using LlmTelemetry.CostExporter;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmTelemetry.Service;

/// <summary>Looks how the ledger is, for operators.</summary>
internal static class HealthReader
{
    private const string Ok = "ok";
    private const string Degraded = "degraded";

    private static readonly string Version =
        typeof(HealthReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static async Task<Ok<HealthBody>> ReadAsync(ServedLedger ledger, StoreProbe probe, CancellationToken cancellationToken)
    {
        var answer = await probe.AskAsync(cancellationToken).ConfigureAwait(false);
        var now = ledger.Options.TimeProvider.GetUtcNow();
        var prices = ledger.Options.Prices;
        var (store, exporters) = (new StoreBody(ledger.Options.Place, answer.IsReady, answer.Took.TotalSeconds, answer.Error, null, null, null, null, null, []), Array.Empty<ExporterBody>());
        if (answer.IsReady)
        {
            var status = await ledger.Store.StatusAsync(cancellationToken).ConfigureAwait(false);
            store = store with
            {
                Kind = status?.Kind,
                Schema = status?.Schema,
                TimeZone = status?.TimeZone ?? ledger.Options.TimeZone.Id,
                Bytes = status?.Bytes,
                Clock = status?.Clock,
                Concerns = status?.Concerns ?? [],
            };
            exporters = [.. (await ledger.Store.ReadBeatsAsync(cancellationToken).ConfigureAwait(false)).Select(beat => ExporterBody.Of(beat, now))];
        }

        var live = exporters.Where(exporter => !exporter.IsOverdue).ToArray();
        return TypedResults.Ok(new HealthBody(
            answer.IsReady && !Array.Exists(exporters, exporter => exporter.IsOverdue) ? Ok : Degraded,
            Version,
            store,
            new PricesBody(prices.Version, prices.Date, DateOnly.FromDateTime(now.UtcDateTime).DayNumber - prices.Date.DayNumber),
            live.Length == 0 ? null : live.Max(exporter => exporter.AgeSeconds),
            exporters));
    }

    /// <param name="Status">ok; degraded: the store takes no writes, or an exporter is overdue.</param>
    /// <param name="Version">The service's version.</param>
    /// <param name="Store">The ledger's store.</param>
    /// <param name="Prices">The price book.</param>
    /// <param name="LagSeconds">Time since the live exporter that is furthest behind had sent all that it recorded; null: none lives.</param>
    /// <param name="Exporters">Exporters that did not say that they ended.</param>
    internal sealed record HealthBody(string Status, string Version, StoreBody Store, PricesBody Prices, double? LagSeconds, IReadOnlyList<ExporterBody> Exporters);

    /// <param name="Place">Where it is; never its password.</param>
    /// <param name="IsWritten">Whether a write just reached it and was acknowledged.</param>
    /// <param name="TookSeconds">How long that took.</param>
    /// <param name="Error">Why it did not reach it; null: it did.</param>
    /// <param name="Kind">What it is, with its version; null: it does not say.</param>
    /// <param name="Schema">The schema that it is written in.</param>
    /// <param name="TimeZone">The zone of its days.</param>
    /// <param name="Bytes">How much it holds.</param>
    /// <param name="Clock">What time it is there; null: it has no clock of its own.</param>
    /// <param name="Concerns">What should be changed there.</param>
    internal sealed record StoreBody(
        string Place, bool IsWritten, double TookSeconds, string? Error, string? Kind, string? Schema, string? TimeZone, long? Bytes, DateTimeOffset? Clock, IReadOnlyList<string> Concerns);

    /// <param name="Version">Its version.</param>
    /// <param name="Date">The day that the prices are of.</param>
    /// <param name="AgeDays">How long ago that is.</param>
    internal sealed record PricesBody(string Version, DateOnly Date, int AgeDays);

    /// <param name="Host">The machine.</param>
    /// <param name="ProcessId">The process on it.</param>
    /// <param name="At">When it said so last: everything recorded before had been sent.</param>
    /// <param name="AgeSeconds">How long ago that is.</param>
    /// <param name="IsOverdue">Whether it should have said so again long ago.</param>
    /// <param name="Journal">Whether what it held is in a journal.</param>
    internal sealed record ExporterBody(string Host, int ProcessId, DateTimeOffset At, double AgeSeconds, bool IsOverdue, bool Journal)
    {
        public static ExporterBody Of(ExporterBeat beat, DateTimeOffset now) => new(
            beat.Host, beat.ProcessId, beat.At.ToUniversalTime(), Math.Max(0, (now - beat.At).TotalSeconds), now - beat.At > BeatText.Overdue(beat), beat.Journal);
    }
}
