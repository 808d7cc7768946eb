import { holdFamilies } from './family-contract';

holdFamilies((backend) => backend !== 'wasm');
