using LlmTelemetry.Service;

return await CommandLine.RunAsync(args, StandardOutput.Open(), Console.Error, Environment.GetEnvironmentVariable, TimeProvider.System, Console.OpenStandardInput, CommandSurroundings.Own()).ConfigureAwait(false);
