// What ./demo.sh does with the servers that it starts: a company's history, its live traffic, and whether all of it can be seen.
using LlmTelemetry.Demo;

const int WrongArguments = 2;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};
try
{
    return await Verbs.RunAsync(Arguments.Parse(args), TimeProvider.System, stop.Token);
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync($"{wrong.Message} See --help.");
    return WrongArguments;
}
catch (IOException cause)
{
    await Console.Error.WriteLineAsync(cause.Message);
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 0;
}
