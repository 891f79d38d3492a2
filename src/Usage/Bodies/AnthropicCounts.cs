namespace LlmTelemetry.Usage;

/// <summary>Anthropic's counts of an answer so far.</summary>
internal sealed class AnthropicCounts
{
    private long? _input;
    private long? _read;
    private long? _write;
    private long? _write5m;
    private long? _write1h;
    private long? _output;
    private long? _thinking;

    public AnthropicCounts? Compaction { get; set; }

    public bool IsFast { get; set; }

    public void Take(BodyNode usage, BodyReport report)
    {
        var written = usage["cache_creation"];
        var (write, write5m, write1h) =
            (usage.Count("cache_creation_input_tokens"), written.Count("ephemeral_5m_input_tokens"), written.Count("ephemeral_1h_input_tokens"));

        // Of the same moment only: later events of a stream give the sum, and not how long it lives.
        report.MustAgree(write, write5m is null || write1h is null ? null : report.Sum(write5m, write1h));
        _input = usage.Count("input_tokens") ?? _input;
        _read = usage.Count("cache_read_input_tokens") ?? _read;
        _write = write ?? _write;
        _write5m = write5m ?? _write5m;
        _write1h = write1h ?? _write1h;
        _output = usage.Count("output_tokens") ?? _output;
        _thinking = usage["output_tokens_details"].Count("thinking_tokens") ?? _thinking;
    }

    public void Add(AnthropicCounts other, BodyReport report)
    {
        _input = report.Sum(_input, other._input);
        _read = report.Sum(_read, other._read);
        _write = report.Sum(_write, other._write);
        _write5m = report.Sum(_write5m, other._write5m);
        _write1h = report.Sum(_write1h, other._write1h);
        _output = report.Sum(_output, other._output);
        _thinking = report.Sum(_thinking, other._thinking);
    }

    public InclusiveUsage ToInclusive(BodyReport report)
    {
        var all = this;
        if (Compaction is { } more)
        {
            all = new AnthropicCounts();
            all.Add(this, report);
            all.Add(more, report);
        }

        var written = CacheWrites.Whole(report, all._write, all._write5m, all._write1h);
        return new InclusiveUsage
        {
            Input = all._input is null ? null : report.Sum(all._input, all._read > 0 ? all._read : null, written > 0 ? written : null),
            CacheRead = all._read,
            CacheWrite = written,
            CacheWrite1h = all._write1h,
            Output = all._output,
            Reasoning = all._thinking,
        };
    }
}
