using System.CommandLine;
using System.Text;
using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry price</c>: what calls cost, for one on the command line or for a file of them.</summary>
internal sealed class PriceCommand : Command
{
    private const string StandardInput = "-";

    private readonly Option<string?> _jsonl = new("--jsonl")
    {
        Description = "Price the calls in this file, one JSON object a line: {id, provider?, model, usage: {input_tokens, ...}, timestamp?, service_tier?, region?}; - reads standard input.",
        HelpName = "file",
    };

    private readonly Option<bool> _explain = new("--explain") { Description = "Show buckets x rates = cost, line by line, with the rule and the date of the price." };

    private readonly Option<string?> _model = new("--model") { Description = "Price one call of this model.", HelpName = "name" };

    private readonly Option<string?> _provider = new("--provider") { Description = "Who ran it, as openai, aws.bedrock (default: who the model's name tells).", HelpName = "name" };

    private readonly Option<string?> _usage = new("--usage") { Description = "Counts as the lines of --jsonl have them: {\"input_tokens\": 1000, \"web_searches\": 2}.", HelpName = "json" };

    private readonly Option<DateTimeOffset?> _at = new("--at") { Description = "When the call was made, as 2026-11-22T12:00:00Z (default: now).", HelpName = "time", CustomParser = PriceArguments.Time };

    private readonly Option<string?> _serviceTier = new("--service-tier") { Description = "batch, flex, priority, fast, provisioned ... (default: standard).", HelpName = "tier" };

    private readonly Option<string?> _region = new("--region") { Description = "Where it ran, as us, eu, global (default: list price).", HelpName = "region" };

    private readonly Option<string?> _prices = new("--prices") { Description = "A price file of your own; its entries come before the built-in ones.", HelpName = "file" };

    private readonly FormatOption _format = new("text or json: one object.", ReportFormat.Text, ReportFormat.Text, ReportFormat.Json);

    // By the count they stand for. Other counts go into --usage.
    private readonly Option<long?>[] _counts =
        [.. PriceArguments.Counts.Select(count => new Option<long?>(count.Option) { Description = count.Description, HelpName = "count", CustomParser = PriceArguments.Count })];

    private readonly TimeProvider _time;
    private readonly Func<Stream> _input;

    public PriceCommand(TimeProvider time, Func<Stream> input)
        : base("price", "Says what calls cost.")
    {
        _time = time;
        _input = input;
        foreach (var option in new Option[] { _model, _provider }.Concat(_counts).Concat([_usage, _at, _serviceTier, _region, _explain, _format, _jsonl, _prices]))
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (output, error) = (arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error);
        if (Problem(arguments) is { } problem)
        {
            return await CommandLine.FailAsync(error, problem, CommandLine.BadArguments).ConfigureAwait(false);
        }

        try
        {
            var book = arguments.GetValue(_prices) is { } file ? PriceBook.Embedded.With(PriceBook.Load(file, PriceBook.Embedded)) : PriceBook.Embedded;
            if (arguments.GetValue(_jsonl) is { } questions)
            {
                await AnswerAsync(questions, book, output, error, cancellationToken).ConfigureAwait(false);
                return CommandLine.Ok;
            }

            return await PriceOneAsync(arguments, book).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is UnauthorizedAccessException or InvalidDataException || (cause is IOException failed && !StandardOutput.IsClosed(failed)))
        {
            return await CommandLine.FailAsync(error, cause.Message, CommandLine.StoreProblem).ConfigureAwait(false);
        }
    }

    // The file of questions says everything about the calls itself.
    private string? Problem(ParseResult arguments)
    {
        var ofOne = new Option[] { _model, _provider, _usage, _at, _serviceTier, _region, _explain, _format, _format.Json }.Concat(_counts).FirstOrDefault(option => arguments.GetResult(option) is { Implicit: false });
        return (arguments.GetValue(_jsonl), ofOne) switch
        {
            _ when arguments.GetValue(_jsonl)?.Trim() is "" || arguments.GetValue(_prices)?.Trim() is "" => "--jsonl and --prices take the name of a file.",
            (not null, not null) => $"{ofOne.Name} is about one call: it does not go with --jsonl.",
            (null, _) when string.IsNullOrWhiteSpace(arguments.GetValue(_model)) => "Say what to price: --model NAME --input 1000 --output 200, or --jsonl FILE.",
            _ => null,
        };
    }

    private async Task AnswerAsync(string file, PriceBook book, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var input = file == StandardInput ? _input() : new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1);
        await using (input.ConfigureAwait(false))
        {
            using var answers = new PriceAnswers(output, book.Version);
            await new PriceLines(book, _time, answers, error).RunAsync(input, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> PriceOneAsync(ParseResult arguments, PriceBook book)
    {
        var (output, error) = (arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error);
        var (provider, model) = (arguments.GetValue(_provider), arguments.GetValue(_model)!);
        if (Read(arguments, book, out var usage) is { } problem)
        {
            return await CommandLine.FailAsync(error, problem + ".", CommandLine.BadArguments).ConfigureAwait(false);
        }

        var when = arguments.GetValue(_at) ?? _time.GetUtcNow();
        var explanation = book.Explain(provider, model, in usage, when, arguments.GetValue(_serviceTier), arguments.GetValue(_region));
        if (explanation.Cost is { TotalPico: var pico } && pico == 0 && !HasCounts(arguments))
        {
            return await CommandLine.FailAsync(error, $"Say how much of {model} was used, as --input 1000 --output 200.", CommandLine.BadArguments).ConfigureAwait(false);
        }

        if (_format.IsJson(arguments))
        {
            await output.WriteLineAsync(PriceJson.Render(explanation)).ConfigureAwait(false);
        }
        else if (arguments.GetValue(_explain))
        {
            await output.WriteAsync(PriceText.Render(explanation, provider, model, when)).ConfigureAwait(false);
        }
        else if (explanation.Cost is { } cost)
        {
            await output.WriteLineAsync(PriceText.Line(in cost)).ConfigureAwait(false);
        }

        return explanation.Cost is not null
            ? CommandLine.Ok
            : await CommandLine.FailAsync(error, explanation.Problem ?? $"No price is known for {model}.", CommandLine.NoPrice).ConfigureAwait(false);
    }

    private bool HasCounts(ParseResult arguments) => _counts.Append<Option>(_usage).Any(option => arguments.GetResult(option) is { Implicit: false });

    private string? Read(ParseResult arguments, PriceBook book, out CallUsage usage)
    {
        usage = default;
        var counts = new PriceUsage();
        string? problem = null;
        for (var i = 0; i < _counts.Length; i++)
        {
            problem ??= arguments.GetValue(_counts[i]) is { } count ? counts.Add(PriceArguments.Counts[i].Name, count) : null;
        }

        if (problem is null && arguments.GetValue(_usage) is { } json)
        {
            try
            {
                using var document = StrictJson.Parse(Encoding.UTF8.GetBytes(json));
                problem = counts.Add(document.RootElement);
            }
            catch (JsonException cause)
            {
                problem = $"--usage is no valid JSON: {cause.Message.TrimEnd('.')}";
            }
        }

        return problem ?? counts.Read(book, arguments.GetValue(_provider), arguments.GetValue(_model)!, out usage);
    }
}
