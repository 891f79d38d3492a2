namespace LlmTelemetry.Service;

/// <summary>What is exported: one JSON object for each row, one after the other, so that memory does not grow with their number.</summary>
/// <param name="Columns">The objects' fields in the order of a CSV file's columns; an object may lack some.</param>
/// <param name="Lines">The objects, each as one line of UTF-8 without an end.</param>
internal sealed record ExportRows(IReadOnlyList<string> Columns, IAsyncEnumerable<ReadOnlyMemory<byte>> Lines);
