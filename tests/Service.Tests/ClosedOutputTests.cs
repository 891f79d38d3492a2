using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests;

/// <summary>Whoever pipes into <c>head</c> has read enough: no command complains of that.</summary>
public sealed class ClosedOutputTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData("price", "--model", "gpt-4o", "--input", "1")]
    [InlineData("price", "--jsonl", "-")]
    public async Task Command_ends_quietly_when_its_output_is_closed(params string[] arguments)
    {
        using var error = new StringWriter();

        var exitCode = await RunAsync(arguments, new ClosedPipe(new IOException("Broken pipe", 32)), error);

        Assert.Equal((0, ""), (exitCode, error.ToString()));
    }

    // A check that nobody read to its end is no reason to go on.
    [Fact]
    public async Task Update_whose_report_is_not_read_writes_nothing()
    {
        using var folder = new PriceFolder();
        using var error = new StringWriter();
        var update = folder.Write("update.json", """{"id": "m", "match": ["m"], "prices": [{"input": 1}]}""");

        var exitCode = await RunAsync(["prices", "update", "--from", update, "--output", folder.PathOf("prices.json")], new ClosedPipe(new IOException("Broken pipe", 32)), error);

        Assert.Equal((1, ""), (exitCode, error.ToString()));
        Assert.Equal(["update.json"], folder.Files);
    }

    [Fact]
    public async Task Answers_that_cannot_be_written_are_a_failure()
    {
        using var error = new StringWriter();

        var exitCode = await RunAsync(["price", "--jsonl", "-"], new ClosedPipe(new IOException("No space left on device", 28)), error);

        Assert.Equal((1, "llmtelemetry: No space left on device\n"), (exitCode, error.ToString()));
    }

    private static Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error) =>
        CommandLine.RunAsync(arguments, output, error, _ => null, new ManualTime(), () => new MemoryStream("""{"model": "gpt-4o", "usage": {}}"""u8.ToArray()), cancellationToken: TestContext.Current.CancellationToken);

    private sealed class ClosedPipe(IOException cause) : StringWriter
    {
        public override void Write(char value) => throw cause;

        public override void Write(string? value) => throw cause;

        public override Task WriteAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default) => throw cause;

        public override Task WriteLineAsync(string? value) => throw cause;
    }
}
