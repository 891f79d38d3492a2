namespace LlmTelemetry.CostExporter.Stores;

/// <summary>A sign of life of one exporter.</summary>
/// <param name="Instance">Unique for its life.</param>
/// <param name="Host">The machine.</param>
/// <param name="ProcessId">The process on it.</param>
/// <param name="At">When it said so last: everything recorded before that moment had been sent.</param>
/// <param name="Interval">How long what it records may wait until it is sent.</param>
/// <param name="Journal">Whether what it held is in a journal.</param>
/// <param name="Ends">Whether it ends now, with nothing left: it is taken off the list.</param>
public sealed record ExporterBeat(string Instance, string Host, int ProcessId, DateTimeOffset At, TimeSpan Interval, bool Journal, bool Ends = false);
