// What happens in a Quickstart run is told in QuickstartRun.cs; the calls it makes are in Story/Story.cs, and who answers them in Provider/.
using LlmTelemetry.Quickstart;

const int WrongArguments = 2;

Arguments arguments;
try
{
    arguments = Arguments.Parse(args);
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync($"{wrong.Message} Usage: {Arguments.Usage}");
    return WrongArguments;
}

if (arguments.Help)
{
    Console.WriteLine(Arguments.Usage);
    return 0;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};
return await QuickstartRun.RunAsync(arguments, Terminal.Create(), Console.Error, stop.Token);
